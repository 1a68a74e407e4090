package render

import corev1 "k8s.io/api/core/v1"

const postgresPort = 5432

func postgresStatefulSet(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Postgres.AsStore()) {
		return nil
	}
	store := managedStore(g.Spec.Postgres.AsStore())
	ready := []string{"pg_isready", "--host=/tmp", "--username=postgres", "--quiet"}
	main := corev1.Container{
		Name:    "postgres",
		Image:   postgresImage(in),
		Command: []string{"postgres", "-c", "listen_addresses=*", "-c", "unix_socket_directories=/tmp", "-c", "jit=off"},
		Env:     []corev1.EnvVar{{Name: "PGDATA", Value: "/data/pgdata"}},
		Ports:   []corev1.ContainerPort{{Name: "postgres", ContainerPort: postgresPort, Protocol: corev1.ProtocolTCP}},
		// After a crash the log is replayed before the server answers; that may take minutes.
		StartupProbe:   execProbe(1, 600, ready...),
		ReadinessProbe: execProbe(5, 2, ready...),
		LivenessProbe:  execProbe(10, 6, ready...),
	}
	pod := serverPod(storeUser, main, secretFiles(PostgresName(g.Name), PasswordEntry))
	place(&pod, store.Placement, reserve("100m", "128Mi", ""))
	pod.InitContainers = []corev1.Container{initContainer(&pod.Containers[0], postgresInit, secretMount())}
	if restores(g) {
		pod.Volumes = append(pod.Volumes, backupVolume(g))
		mounts := &pod.InitContainers[0].VolumeMounts
		*mounts = append(*mounts, corev1.VolumeMount{Name: backupVolumeName, MountPath: backupDir, ReadOnly: true})
	}
	return statefulSet(server{
		namespace: g.Namespace, name: PostgresName(g.Name),
		labels: gatewayLabels(componentPostgres, g), selector: selectorOf(componentPostgres, g.Name),
		replicas: 1, pod: pod, storage: store.Storage, size: "10Gi",
	})
}

// postgresImage is the one that runs, and that backups are made with.
func postgresImage(in GatewayInput) string {
	if in.HeldPostgresImage != "" {
		return in.HeldPostgresImage
	}
	return WantedPostgresImage(in.Gateway, in.Images)
}
