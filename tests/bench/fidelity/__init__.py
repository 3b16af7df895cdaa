"""How near pictures made of cells come to the pictures: ours and chafa's, shown by the same code."""
