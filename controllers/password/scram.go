package password

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

const (
	// iterations and saltBytes are those of PostgreSQL's own verifiers.
	// Source: https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SCRAM-ITERATIONS
	iterations = 4096
	saltBytes  = 16
)

// verifier returns what PostgreSQL keeps of a password of ASCII characters: enough to recognise it, and not to log in with.
// Source: https://www.postgresql.org/docs/current/catalog-pg-authid.html
func verifier(password string) (string, error) {
	salt := make([]byte, saltBytes)
	// Read never returns an error: where there is no randomness it ends the program.
	_, _ = rand.Read(salt)
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("deriving a key from a password: %w", err)
	}
	stored := sha256.Sum256(sign(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(sign(salted, "Server Key"))), nil
}

func sign(key []byte, message string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}
