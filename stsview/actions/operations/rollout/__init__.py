"""What moves a set by its template and its partition."""
