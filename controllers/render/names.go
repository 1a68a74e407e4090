package render

// Names of the children of a Gateway or a ModelProvider. The names of those two are bounded so that the longest of these still
// fits where a StatefulSet's name has to: with its revision's hash into a label.

// RedisName is the name of everything of a gateway's managed Redis.
func RedisName(gateway string) string { return gateway + "-redis" }

// PostgresName is the name of everything of a gateway's managed PostgreSQL.
func PostgresName(gateway string) string { return gateway + "-postgres" }

// DashboardName is the name of the ConfigMap with a gateway's dashboard.
func DashboardName(gateway string) string { return gateway + "-dashboard" }

// BackupName is the name of everything that backs up a gateway's managed PostgreSQL. It is short because a CronJob's name may have 52
// characters.
func BackupName(gateway string) string { return gateway + "-backup" }

// MasterKeyName is the name of the Secret that holds a generated master key.
func MasterKeyName(gateway string) string { return gateway + "-master-key" }

// OllamaName is the name of everything of a managed Ollama.
func OllamaName(provider string) string { return provider + "-ollama" }

// ReaderRole is the role that lets a gateway read the product's kinds where an installation gives it no name of its own.
const ReaderRole = "fairlead-gateway-reader"

// readerBinding is the name of what binds a gateway to a ReaderRole outside its own namespace. A colon is in no name of a
// namespace or a Gateway, so two gateways never share one. The role is in it, because no binding can change its role.
func readerBinding(in GatewayInput) string {
	return in.ReaderRole + ":" + in.Gateway.Namespace + ":" + in.Gateway.Name
}
