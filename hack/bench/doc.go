// Package bench measures the figures that the project promises, and prints one line for each: name, value, unit. What is
// compared is measured in the same run, in turns, because a machine's speed drifts by more than the differences that matter.
package bench
