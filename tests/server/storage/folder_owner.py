"""A server process that owns a data folder and posts to #general until it is killed.

python folder_owner.py DATA_FOLDER COUNT: prints "ready", then the seq of each
acknowledged message, up to COUNT; then waits.
"""

import asyncio
import sys
from pathlib import Path

from gathertui_server.chat.service import Chat
from gathertui_server.storage.embedded.database import EmbeddedDatabase
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import connect


async def main(folder, count):
    async with EmbeddedDatabase(folder) as embedded:
        database = await connect(embedded.uri)
        chat = Chat(MongoMessageStore(database), publish=lambda message: None)
        await chat.start()
        print("ready", flush=True)
        for number in range(count):
            message = await chat.post("general", "a1", "Ada", f"message {number}", client_id=f"c{number}")
            print(message.seq, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
