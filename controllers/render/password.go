package render

import "strconv"

// Entries of a managed store's Secret that hold its generated passwords.
const (
	// PasswordEntry holds the one that is in use.
	PasswordEntry         = "password"
	passwordVersionEntry  = "password-version"
	nextPasswordEntry     = "next-password"
	previousPasswordEntry = "previous-password"
)

// Password is what a managed store's Secret says of its password. A change of it goes in steps, each of which is in the Secret
// before the next one begins, so that whoever takes over knows every password that the store may have.
type Password struct {
	// Value is in use.
	Value string
	// Version counts the values.
	Version int32
	// Next is being put into place; empty while none is.
	Next string
	// Previous goes on working until every replica has let go of it; empty while none does.
	Previous string
}

// ReadPassword reads the entries of a Secret. Without a password, the result has no Value.
func ReadPassword(entries map[string][]byte) Password {
	// What is no number was written by nobody here, and counts as the first version.
	version, err := strconv.ParseInt(string(entries[passwordVersionEntry]), 10, 32)
	if err != nil {
		version = 0
	}
	return Password{
		Value: string(entries[PasswordEntry]), Version: int32(version),
		Next: string(entries[nextPasswordEntry]), Previous: string(entries[previousPasswordEntry]),
	}
}

// addTo adds the entries that say more than the value.
func (p Password) addTo(entries map[string][]byte) {
	if p.Version > 0 {
		entries[passwordVersionEntry] = strconv.AppendInt(nil, int64(p.Version), 10)
	}
	if p.Next != "" {
		entries[nextPasswordEntry] = []byte(p.Next)
	}
	if p.Previous != "" {
		entries[previousPasswordEntry] = []byte(p.Previous)
	}
}
