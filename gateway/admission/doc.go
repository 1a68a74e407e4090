// Package admission is the desk that a request passes before it goes anywhere, and again when it is over:
//
//	budgets → rate limits → ledger (intent) ─▶ … ─▶ ledger (final) → limits settled, budgets charged
//	   429        429         503 if it is full
//
// Nothing here waits for a store for longer than its package says; without stores it lets everything pass at no cost.
package admission
