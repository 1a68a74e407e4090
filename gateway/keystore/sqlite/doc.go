// Package sqlite keeps keys in a file, for a gateway without a cluster. One process may use the file at a time.
package sqlite
