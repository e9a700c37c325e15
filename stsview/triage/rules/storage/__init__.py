"""Rules about PersistentVolumeClaims and their volumes."""
