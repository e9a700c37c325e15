"""Recording of what a picture is made of."""
