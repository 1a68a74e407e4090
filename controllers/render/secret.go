package render

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// MasterKeyEntry is the entry of the Secret that holds a generated master key.
const MasterKeyEntry = "api-key"

func credentialsSecret(in GatewayInput) Object {
	g := in.Gateway
	return secret(g, componentGateway, v1alpha1.CredentialsSecretName(g.Name), in.Credentials)
}

func masterKeySecret(in GatewayInput) Object {
	g := in.Gateway
	if g.Spec.Keys.MasterKeySecretRef != nil {
		return nil
	}
	return secret(g, componentGateway, MasterKeyName(g.Name), map[string][]byte{MasterKeyEntry: []byte(in.MasterKey)})
}

// redisSecret holds the configuration file as well. It is not retained: the server takes the password of a new one.
func redisSecret(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Redis) {
		return nil
	}
	entries := redisConnection(in).entries(in)
	entries[redisConf] = []byte(redisConfig(in))
	in.RedisPassword.addTo(entries)
	return secret(g, componentRedis, RedisName(g.Name), entries)
}

// postgresSecret is retained where the volume is: the password is part of the data.
func postgresSecret(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Postgres.AsStore()) {
		return nil
	}
	entries := postgresConnection(in).entries(in)
	in.PostgresPassword.addTo(entries)
	s := secret(g, componentPostgres, PostgresName(g.Name), entries)
	if !deleted(managedStore(g.Spec.Postgres.AsStore()).Storage) {
		s.Annotations = map[string]string{v1alpha1.AnnotationRetain: "true"}
	}
	return s
}

// KeySecret holds a generated client key. Its labels name no object: the names of keys may be longer than labels.
func KeySecret(k *v1alpha1.GatewayKey, ref v1alpha1.SecretKeyReference, value string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: meta(k.Namespace, string(ref.Name), map[string]string{LabelManagedBy: ManagedBy, labelPartOf: ManagedBy}),
		Type:       corev1.SecretTypeOpaque,
		Data:       map[string][]byte{ref.Key: []byte(value)},
	}
}

func secret(g *v1alpha1.Gateway, component, name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: meta(g.Namespace, name, gatewayLabels(component, g)), Type: corev1.SecretTypeOpaque, Data: data,
	}
}

// connection is how to reach a managed store.
type connection struct{ scheme, service, port, user, password, database string }

func redisConnection(in GatewayInput) connection {
	return connection{"redis", RedisName(in.Gateway.Name), strconv.Itoa(redisPort), "default", in.RedisPassword.Value, "0"}
}

func postgresConnection(in GatewayInput) connection {
	return connection{"postgresql", PostgresName(in.Gateway.Name), strconv.Itoa(postgresPort), "postgres", in.PostgresPassword.Value, "postgres"}
}

// RedisURI is where a managed Redis is, password included.
func RedisURI(in GatewayInput) string { return redisConnection(in).uri(in) }

// PostgresURI is where a managed PostgreSQL is, password included.
func PostgresURI(in GatewayInput) string { return postgresConnection(in).uri(in) }

// RedisAddress is where a managed Redis listens, as host:port.
func RedisAddress(in GatewayInput) string { return redisConnection(in).address(in) }

// PostgresAddress is where a managed PostgreSQL listens, as host:port.
func PostgresAddress(in GatewayInput) string { return postgresConnection(in).address(in) }

func (c connection) address(in GatewayInput) string { return net.JoinHostPort(c.host(in), c.port) }

func (c connection) host(in GatewayInput) string {
	return fmt.Sprintf("%s.%s.svc.%s", c.service, in.Gateway.Namespace, in.ClusterDomain)
}

func (c connection) uri(in GatewayInput) string {
	u := url.URL{
		Scheme: c.scheme, User: url.UserPassword(c.user, c.password), Host: c.address(in), Path: "/" + c.database,
	}
	return u.String()
}

// entries are in the shape that an external store's Secret has as well.
func (c connection) entries(in GatewayInput) map[string][]byte {
	return map[string][]byte{
		"uri": []byte(c.uri(in)), "host": []byte(c.host(in)), "port": []byte(c.port),
		"username": []byte(c.user), PasswordEntry: []byte(c.password), "database": []byte(c.database),
	}
}

// redisConfig: everything in this Redis can be lost, so the oldest goes when memory runs out; yet counters survive a restart.
func redisConfig(in GatewayInput) string {
	lines := []string{
		"bind * -::*", "port 6379", "dir /data", "aclfile /data/users.acl",
		"appendonly yes", "appendfsync everysec", `save ""`, "maxmemory-policy allkeys-lru",
	}
	if limit := memory(resourcesOf(managedStore(in.Gateway.Spec.Redis).Placement, redisResources()), 75); limit > 0 {
		lines = append(lines, fmt.Sprintf("maxmemory %d", limit))
	}
	return strings.Join(lines, "\n") + "\n"
}

// redisResources are built in.
func redisResources() corev1.ResourceRequirements { return reserve("50m", "64Mi", "256Mi") }

func sizeOr(s *v1alpha1.Storage, builtin string) resource.Quantity {
	if s == nil || s.Size == nil {
		return resource.MustParse(builtin)
	}
	return *s.Size
}
