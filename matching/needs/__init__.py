"""What a lot asks for as short needs: which sentences hold one, and how a sentence is made short."""
