// Package explain says what a gateway would do with a request that came now, and why: whether it would be served, by which target,
// what would be tried next, and what bounds it. It decides nothing itself. It asks the code that decides, takes nothing of any limit,
// and takes nobody's turn.
//
//	snapshot ──┐
//	balance ───┼──▶ Explain ──▶ Explanation ──▶ JSON, or a text for a person
//	limits ────┤
//	budgets ───┘
package explain
