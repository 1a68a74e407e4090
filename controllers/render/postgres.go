package render

import corev1 "k8s.io/api/core/v1"

// postgresInit makes the database where there is none. It is made aside and moved into place at the end, so that one that was
// interrupted is never taken for a database. Local connections need no password: only the probe makes them.
const postgresInit = `set -eu
[ -s "$PGDATA/PG_VERSION" ] && exit 0
rm -rf "$PGDATA.new"
initdb --pgdata="$PGDATA.new" --username=postgres --pwfile=/etc/fairlead/password \
  --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8
echo "host all all all scram-sha-256" >>"$PGDATA.new/pg_hba.conf"
mv "$PGDATA.new" "$PGDATA"
`

func postgresStatefulSet(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Postgres.AsStore()) {
		return nil
	}
	store := managedStore(g.Spec.Postgres.AsStore())
	ready := []string{"pg_isready", "--host=/tmp", "--username=postgres", "--quiet"}
	main := corev1.Container{
		Name:    "postgres",
		Image:   imageOr(store.Image, in.Images.Postgres),
		Command: []string{"postgres", "-c", "listen_addresses=*", "-c", "unix_socket_directories=/tmp", "-c", "jit=off"},
		Env:     []corev1.EnvVar{{Name: "PGDATA", Value: "/data/pgdata"}},
		Ports:   []corev1.ContainerPort{{Name: "postgres", ContainerPort: 5432, Protocol: corev1.ProtocolTCP}},
		// After a crash the log is replayed before the server answers; that may take minutes.
		StartupProbe:   execProbe(1, 600, ready...),
		ReadinessProbe: execProbe(5, 2, ready...),
		LivenessProbe:  execProbe(10, 6, ready...),
	}
	pod := serverPod(storeUser, main, secretFiles(PostgresName(g.Name), PasswordEntry))
	pod.InitContainers = []corev1.Container{{
		Name: "init", Image: main.Image, Command: []string{"sh", "-c", postgresInit}, Env: main.Env,
		SecurityContext: containerSecurity(),
		VolumeMounts:    []corev1.VolumeMount{secretMount(), dataMount(), tmpMount()},
	}}
	place(&pod, store.Placement, reserve("100m", "128Mi", ""))
	pod.InitContainers[0].Resources = *pod.Containers[0].Resources.DeepCopy()
	return statefulSet(server{
		namespace: g.Namespace, name: PostgresName(g.Name),
		labels: gatewayLabels(componentPostgres, g), selector: selectorOf(componentPostgres, g.Name),
		replicas: 1, pod: pod, storage: store.Storage, size: "10Gi",
	})
}
