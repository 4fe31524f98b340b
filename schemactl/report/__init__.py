"""Results in the forms that other programs read. Plain values in, text out; `publishing` alone writes."""
