package render

import corev1 "k8s.io/api/core/v1"

const (
	// storeUser is the user of the official Redis and PostgreSQL images that are based on Debian.
	storeUser = 999
	redisConf = "redis.conf"
	redisPort = 6379
	// redisPing asks the server for an answer as a user who may do nothing else, and who has no password that could be changed
	// meanwhile. While the server loads its data it does not answer.
	redisPing = `[ "$(REDISCLI_AUTH=none redis-cli -h 127.0.0.1 --user probe ping)" = PONG ]`
)

func redisStatefulSet(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Redis) {
		return nil
	}
	store := managedStore(g.Spec.Redis)
	main := corev1.Container{
		Name:    "redis",
		Image:   imageOr(store.Image, in.Images.Redis),
		Command: []string{"redis-server", "/etc/fairlead/" + redisConf},
		Ports:   []corev1.ContainerPort{{Name: "redis", ContainerPort: redisPort, Protocol: corev1.ProtocolTCP}},
		// The log is read back before the server answers: minutes, where memory is large or the processor busy.
		StartupProbe:   execProbe(1, 600, "sh", "-c", redisPing),
		ReadinessProbe: execProbe(5, 2, "sh", "-c", redisPing),
		LivenessProbe:  execProbe(10, 6, "sh", "-c", redisPing),
		VolumeMounts:   []corev1.VolumeMount{secretMount()},
	}
	pod := serverPod(storeUser, main, secretFiles(RedisName(g.Name), redisConf, PasswordEntry))
	place(&pod, store.Placement, redisResources())
	pod.InitContainers = []corev1.Container{initContainer(&pod.Containers[0], redisInit, secretMount())}
	return statefulSet(server{
		namespace: g.Namespace, name: RedisName(g.Name),
		labels: gatewayLabels(componentRedis, g), selector: selectorOf(componentRedis, g.Name),
		replicas: 1, pod: pod, storage: store.Storage, size: "1Gi",
	})
}

// initContainer runs a script on the volume of a store, with the image, the environment and the resources of its server.
func initContainer(server *corev1.Container, script string, mounts ...corev1.VolumeMount) corev1.Container {
	return corev1.Container{
		Name: InitContainer, Image: server.Image, Command: []string{"sh", "-c", script}, Env: server.Env,
		SecurityContext: containerSecurity(), Resources: *server.Resources.DeepCopy(),
		VolumeMounts: append(mounts, dataMount(), tmpMount()),
	}
}
