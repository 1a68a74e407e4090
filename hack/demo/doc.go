// Package demo shows Fairlead at work on a real cluster: it installs the chart, applies the samples, asks two models, and changes an
// alias while requests are running.
package demo
