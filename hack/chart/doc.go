// Package chart tests what people install: the Helm chart, and the same installation for kustomize in config/, which is made from it.
//
// The chart is rendered with several sets of values into golden files. Every object in them is checked against the schemas of
// Kubernetes itself and of the product's definitions, strictly and without a network.
package chart
