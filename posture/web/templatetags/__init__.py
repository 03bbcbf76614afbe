"""What templates may say: marks, words and links that keep the scope."""
