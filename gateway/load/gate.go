package load

// Gate bounds how many requests are under way at a target, and how many more wait for their turn.
type Gate struct{}
