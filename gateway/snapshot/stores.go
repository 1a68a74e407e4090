package snapshot

import (
	"bytes"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Stores are the URIs of what the replicas share, passwords included: they are never logged. Empty where there is none.
type Stores struct {
	Redis, Postgres string
	// RedisCA and PostgresCA hold the certificates, in PEM, that the stores' own are verified with; empty where the URIs say how.
	RedisCA, PostgresCA string
}

// newStores drops white space around the URIs: a Secret made from a file most often ends with a new line.
func newStores(credentials map[string][]byte) Stores {
	uri := func(entry string) string { return string(bytes.TrimSpace(credentials[entry])) }
	return Stores{
		Redis: uri(v1alpha1.CredentialRedis), RedisCA: string(credentials[v1alpha1.CredentialRedisCA]),
		Postgres: uri(v1alpha1.CredentialPostgres), PostgresCA: string(credentials[v1alpha1.CredentialPostgresCA]),
	}
}

// minUserToken is the shortest secret that RFC 7518, 3.2, lets HMAC-SHA256 sign with.
const minUserToken = 32

// userToken returns the secret that tokens about end users are signed with, as it is. One that could be guessed is none.
func userToken(credentials map[string][]byte) []byte {
	if secret := credentials[v1alpha1.CredentialUserToken]; len(secret) >= minUserToken {
		return secret
	}
	return nil
}
