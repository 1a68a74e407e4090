package render

import (
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	backupVolumeName = "backup"
	backupDir        = "/backup"
	// defaultKeep is how many backups are kept where nobody says otherwise.
	defaultKeep = int32(7)
	// backupLate is how late a backup may begin: one that was missed for longer waits for the next time.
	backupLate = time.Hour
	// backupLimit ends a backup that hangs: while one runs no other begins.
	backupLimit = 6 * time.Hour
	// backupTries of one backup, each with a Pod of its own and a growing wait in between.
	backupTries = 3
	// backupLogs is for how many backups the Pods, and with them the logs, are kept.
	backupLogs = 3
)

// backupOf is how a managed PostgreSQL is backed up; nil where it is not.
func backupOf(g *v1alpha1.Gateway) *v1alpha1.Backup {
	if !managed(g.Spec.Postgres.AsStore()) {
		return nil
	}
	return g.Spec.Postgres.Backup
}

// restores says whether an empty volume is filled from the newest backup.
func restores(g *v1alpha1.Gateway) bool {
	b := backupOf(g)
	return b != nil && b.Restore != v1alpha1.RestoreNever
}

// BackupJobs selects the Jobs that back a gateway's PostgreSQL up, and their Pods.
func BackupJobs(g *v1alpha1.Gateway) map[string]string { return selectorOf(componentBackup, g.Name) }

func backupVolume(g *v1alpha1.Gateway) corev1.Volume {
	return corev1.Volume{Name: backupVolumeName, VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: BackupName(g.Name)},
	}}
}

// backupClaim is the volume of the backups. The operator never deletes it: with Delete it goes with the Gateway.
func backupClaim(in GatewayInput) Object {
	g := in.Gateway
	b := backupOf(g)
	if b == nil {
		return nil
	}
	labels := gatewayLabels(componentBackup, g)
	c := claim(server{name: BackupName(g.Name), storage: b.Storage, size: "10Gi"})
	c.ObjectMeta = meta(g.Namespace, BackupName(g.Name), labels)
	if !deleted(b.Storage) {
		c.Annotations = map[string]string{v1alpha1.AnnotationRetain: "true"}
	}
	return &c
}

// backupCronJob dumps the database at the times that the spec says. Its Pods run beside the database: a volume of most kinds can
// be attached to one node at a time, and the database has the same one attached to restore from.
func backupCronJob(in GatewayInput) Object {
	g := in.Gateway
	b := backupOf(g)
	if b == nil {
		return nil
	}
	labels := gatewayLabels(componentBackup, g)
	return &batchv1.CronJob{
		ObjectMeta: meta(g.Namespace, BackupName(g.Name), labels),
		Spec: batchv1.CronJobSpec{
			Schedule: b.Schedule, TimeZone: new("Etc/UTC"),
			ConcurrencyPolicy:          batchv1.ForbidConcurrent,
			StartingDeadlineSeconds:    new(int64(backupLate / time.Second)),
			SuccessfulJobsHistoryLimit: new(int32(backupLogs)), FailedJobsHistoryLimit: new(int32(backupLogs)),
			JobTemplate: batchv1.JobTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: batchv1.JobSpec{
					BackoffLimit: new(int32(backupTries - 1)), ActiveDeadlineSeconds: new(int64(backupLimit / time.Second)),
					Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: backupPod(in, b)},
				},
			},
		},
	}
}

// backupPod is a new one for each try: it reads the password that is in use then.
func backupPod(in GatewayInput, b *v1alpha1.Backup) corev1.PodSpec {
	g := in.Gateway
	keep := defaultKeep
	if b.Keep != nil {
		keep = *b.Keep
	}
	container := corev1.Container{
		Name: "backup", Image: postgresImage(in), Command: []string{"sh", "-c", postgresBackup},
		Env: []corev1.EnvVar{
			{Name: "PGHOST", Value: postgresConnection(in).host(in)},
			{Name: "PGPORT", Value: strconv.Itoa(postgresPort)},
			{Name: "PGUSER", Value: postgresConnection(in).user},
			{Name: "PGPASSFILE", Value: "/tmp/pgpass"},
			{Name: "PGCONNECT_TIMEOUT", Value: "10"},
			{Name: "KEEP", Value: strconv.FormatInt(int64(keep), 10)},
		},
		SecurityContext: containerSecurity(),
		VolumeMounts:    []corev1.VolumeMount{secretMount(), {Name: backupVolumeName, MountPath: backupDir}, tmpMount()},
	}
	pod := corev1.PodSpec{
		RestartPolicy:                corev1.RestartPolicyNever,
		AutomountServiceAccountToken: new(false),
		EnableServiceLinks:           new(false),
		SecurityContext:              podSecurity(storeUser),
		Containers:                   []corev1.Container{container},
		Volumes:                      []corev1.Volume{secretFiles(PostgresName(g.Name), PasswordEntry), backupVolume(g), tmp()},
		Affinity: &corev1.Affinity{PodAffinity: &corev1.PodAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				TopologyKey:   corev1.LabelHostname,
				LabelSelector: &metav1.LabelSelector{MatchLabels: selectorOf(componentPostgres, g.Name)},
			}},
		}},
	}
	placement := managedStore(g.Spec.Postgres.AsStore()).Placement
	placement.Resources = nil
	place(&pod, placement, reserve("50m", "64Mi", ""))
	return pod
}

// backupNetworkPolicy lets the Pods of backups reach the database and names, and nobody reach them.
func backupNetworkPolicy(in GatewayInput) Object {
	g := in.Gateway
	if backupOf(g) == nil || !guarded(g.Spec.NetworkPolicy.Mode) {
		return nil
	}
	database := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: selectorOf(componentPostgres, g.Name)}}
	return policy(g.Namespace, BackupName(g.Name), gatewayLabels(componentBackup, g), BackupJobs(g),
		[]networkingv1.NetworkPolicyIngressRule{},
		append([]networkingv1.NetworkPolicyEgressRule{
			{Ports: tcp(postgresPort), To: []networkingv1.NetworkPolicyPeer{database}},
		}, dnsRules()...))
}
