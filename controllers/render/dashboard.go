package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// The parts of Grafana's dashboard model that are used here.
// Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
type (
	board struct {
		UID           string     `json:"uid"`
		Title         string     `json:"title"`
		Tags          []string   `json:"tags"`
		SchemaVersion int        `json:"schemaVersion"`
		Refresh       string     `json:"refresh"`
		Time          span       `json:"time"`
		Templating    templating `json:"templating"`
		Panels        []panel    `json:"panels"`
	}
	span struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	templating struct {
		List []variable `json:"list"`
	}
	variable struct {
		Name       string      `json:"name"`
		Label      string      `json:"label"`
		Type       string      `json:"type"`
		Query      string      `json:"query"`
		Datasource *datasource `json:"datasource,omitempty"`
		Refresh    int         `json:"refresh,omitempty"`
		IncludeAll bool        `json:"includeAll,omitempty"`
		Multi      bool        `json:"multi,omitempty"`
		AllValue   string      `json:"allValue,omitempty"`
	}
	datasource struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	panel struct {
		ID          int         `json:"id"`
		Type        string      `json:"type"`
		Title       string      `json:"title"`
		GridPos     cell        `json:"gridPos"`
		Datasource  *datasource `json:"datasource,omitempty"`
		Targets     []query     `json:"targets,omitempty"`
		FieldConfig *fields     `json:"fieldConfig,omitempty"`
	}
	cell struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	query struct {
		RefID        string `json:"refId"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	}
	fields struct {
		Defaults fieldDefaults `json:"defaults"`
	}
	fieldDefaults struct {
		Unit string `json:"unit"`
		Min  int    `json:"min"`
	}
)

// Sizes on Grafana's grid, which is 24 wide: three panels side by side.
const (
	panelWidth, panelHeight = 8, 8
	gridWidth               = 24
)

// dashboard of one gateway, as JSON. Which Prometheus and which models are asked for, the reader chooses.
func dashboard(g *v1alpha1.Gateway) string {
	sum := sha256.Sum256([]byte(key(g).String()))
	b := board{
		UID: "fairlead-" + hex.EncodeToString(sum[:8]), Title: "Fairlead " + key(g).String(), Tags: []string{"fairlead"},
		SchemaVersion: 39, Refresh: "30s", Time: span{"now-1h", "now"},
		Templating: templating{[]variable{
			{Name: "datasource", Label: "Prometheus", Type: "datasource", Query: "prometheus"},
			{
				Name: "model", Label: "Model", Type: "query", Datasource: prometheusSource(), Refresh: 2,
				Query:      "label_values(gen_ai_server_request_duration_seconds_count{" + selector(g) + "}, gen_ai_request_model)",
				IncludeAll: true, Multi: true, AllValue: ".*",
			},
		}},
		Panels: layOut(dashboardRows(selector(g))),
	}
	encoded, err := json.MarshalIndent(b, "", " ")
	utilruntime.Must(err) // text and numbers can always be encoded
	return string(encoded)
}

func prometheusSource() *datasource { return &datasource{"prometheus", "${datasource}"} }

// layOut puts rows below each other, and the panels of each side by side.
func layOut(rows []row) []panel {
	var panels []panel
	y := 0
	for _, r := range rows {
		panels = append(panels, panel{ID: len(panels) + 1, Type: "row", Title: r.title, GridPos: cell{1, gridWidth, 0, y}})
		y++
		for i, c := range r.charts {
			if i > 0 && i*panelWidth%gridWidth == 0 {
				y += panelHeight
			}
			panels = append(panels, panel{
				ID: len(panels) + 1, Type: "timeseries", Title: c.title, Datasource: prometheusSource(),
				GridPos:     cell{panelHeight, panelWidth, i * panelWidth % gridWidth, y},
				Targets:     c.queries(),
				FieldConfig: &fields{fieldDefaults{Unit: c.unit}},
			})
		}
		y += panelHeight
	}
	return panels
}
