"""What a person looks at before anything is split: small pictures, previews, shares and hidden images."""
