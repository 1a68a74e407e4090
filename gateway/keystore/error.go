package keystore

import "errors"

var (
	// ErrExists says that there is a key of that name or with that digest already.
	ErrExists = errors.New("there is such a key already")
	// ErrNotFound says that there is no key of that name.
	ErrNotFound = errors.New("there is no such key")
	// ErrRefused says that the store does not take the key, for a reason that its maker can mend.
	ErrRefused = errors.New("the key was refused")
)
