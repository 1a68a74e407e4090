package render

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// MasterKeyEntry is the entry of the Secret that holds a generated master key.
const MasterKeyEntry = "api-key"

// PasswordEntry is the entry of a managed store's Secret that holds its generated password.
const PasswordEntry = "password"

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

// redisSecret holds the configuration file as well: what is in it is then in no argument and no environment variable.
func redisSecret(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Redis) {
		return nil
	}
	entries := connection(in, "redis", RedisName(g.Name), 6379, "default", in.RedisPassword, "0")
	entries[redisConf] = []byte(redisConfig(in))
	return secret(g, componentRedis, RedisName(g.Name), entries)
}

// postgresSecret is retained like the volume: the password is part of the data.
func postgresSecret(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Postgres) {
		return nil
	}
	s := secret(g, componentPostgres, PostgresName(g.Name),
		connection(in, "postgresql", PostgresName(g.Name), 5432, "postgres", in.PostgresPassword, "postgres"))
	s.Annotations = map[string]string{v1alpha1.AnnotationRetain: "true"}
	return s
}

func secret(g *v1alpha1.Gateway, component, name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: meta(g.Namespace, name, gatewayLabels(component, g)), Type: corev1.SecretTypeOpaque, Data: data,
	}
}

// connection says how to reach a store, in the shape that an external store's Secret has as well.
func connection(in GatewayInput, scheme, service string, port int, user, password, database string) map[string][]byte {
	host := fmt.Sprintf("%s.%s.svc.%s", service, in.Gateway.Namespace, in.ClusterDomain)
	uri := url.URL{
		Scheme: scheme, User: url.UserPassword(user, password), Host: fmt.Sprintf("%s:%d", host, port), Path: "/" + database,
	}
	return map[string][]byte{
		"uri": []byte(uri.String()), "host": []byte(host), "port": []byte(strconv.Itoa(port)),
		"username": []byte(user), PasswordEntry: []byte(password), "database": []byte(database),
	}
}

// redisConfig: everything in this Redis can be lost, so the oldest goes when memory runs out; yet counters survive a restart.
func redisConfig(in GatewayInput) string {
	lines := []string{
		"bind * -::*", "port 6379", "dir /data", "requirepass " + in.RedisPassword,
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
