"""What a merchandiser decides: profiles of weights, fusion and boosts."""
