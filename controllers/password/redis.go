package password

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Redis makes the default user of the Redis at address take the passwords in accept and no other, by way of the first one among
// known that it takes now. Connections that are open stay. The Redis has an ACL file, in which the change outlives a restart.
// The error is ErrRefused, ErrSilent, or what the Redis says against it.
func (c Changer) Redis(ctx context.Context, address string, known, accept []string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	rules := make([]any, 0, 4+len(accept))
	rules = append(rules, "ACL", "SETUSER", "default", "resetpass")
	for _, p := range accept {
		digest := sha256.Sum256([]byte(p))
		rules = append(rules, "#"+hex.EncodeToString(digest[:]))
	}
	for _, p := range known {
		err := c.redisDo(ctx, address, p, rules, []any{"ACL", "SAVE"})
		if !errors.Is(err, ErrRefused) {
			return err
		}
	}
	return ErrRefused
}

// RedisTakes returns nil where the Redis at address takes a password, and otherwise an error as Redis does.
func (c Changer) RedisTakes(ctx context.Context, address, password string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return c.redisDo(ctx, address, password, []any{"PING"})
}

// redisDo gives commands, one after the other, until one fails.
func (c Changer) redisDo(ctx context.Context, address, password string, commands ...[]any) error {
	client := redis.NewClient(&redis.Options{
		Addr: address, Password: password, Protocol: 2, MaxRetries: -1, DialerRetries: 1, PoolSize: 1,
		DisableIdentity: true, ContextTimeoutEnabled: true,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial()(ctx, network, address)
		},
	})
	defer client.Close()
	for _, command := range commands {
		if err := client.Do(ctx, command...).Err(); err != nil {
			return redisProblem(err)
		}
	}
	return nil
}

func redisProblem(err error) error {
	var said redis.Error
	switch {
	case !errors.As(err, &said):
		return ErrSilent
	case strings.HasPrefix(said.Error(), "WRONGPASS"), strings.HasPrefix(said.Error(), "NOAUTH"):
		return ErrRefused
	default:
		return fmt.Errorf("it says %q", said.Error())
	}
}
