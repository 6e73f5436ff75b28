package learn

// Choice is one that is known to be right.
type Choice struct {
	// Of are the alternatives' features.
	Of [][]float64
	// Taken is the index of the right one.
	Taken int
	// Weight is how much it counts; 0 means 1.
	Weight float64
}
