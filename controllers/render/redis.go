package render

import corev1 "k8s.io/api/core/v1"

const (
	// storeUser is the user of the official Redis and PostgreSQL images that are based on Debian.
	storeUser = 999
	redisConf = "redis.conf"
	// redisPing asks the server for an answer without the password in any process list.
	redisPing = `read -r REDISCLI_AUTH </etc/fairlead/password; export REDISCLI_AUTH; [ "$(redis-cli -h 127.0.0.1 ping)" = PONG ]`
)

func redisStatefulSet(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Redis) {
		return nil
	}
	store := managedStore(g.Spec.Redis)
	pod := serverPod(storeUser, corev1.Container{
		Name:           "redis",
		Image:          imageOr(store.Image, in.Images.Redis),
		Command:        []string{"redis-server", "/etc/fairlead/" + redisConf},
		Ports:          []corev1.ContainerPort{{Name: "redis", ContainerPort: 6379, Protocol: corev1.ProtocolTCP}},
		StartupProbe:   execProbe(1, 60, "sh", "-c", redisPing),
		ReadinessProbe: execProbe(5, 2, "sh", "-c", redisPing),
		LivenessProbe:  execProbe(10, 6, "sh", "-c", redisPing),
		VolumeMounts:   []corev1.VolumeMount{secretMount()},
	}, secretFiles(RedisName(g.Name), redisConf, PasswordEntry))
	place(&pod, store.Placement, redisResources())
	return statefulSet(server{
		namespace: g.Namespace, name: RedisName(g.Name),
		labels: gatewayLabels(componentRedis, g), selector: selectorOf(componentRedis, g.Name),
		replicas: 1, pod: pod, storage: store.Storage, size: "1Gi",
	})
}
