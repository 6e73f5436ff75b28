package local

// NumberAfter is the number of the batch that follows one.
func NumberAfter(sk string) (int, error) { return numberAfter(sk) }
