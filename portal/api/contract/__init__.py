"""What the API's description (OpenAPI) says beyond what each route says of itself: names, shapes, ways to sign in."""
