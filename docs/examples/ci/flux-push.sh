#!/bin/sh
# What is denied is not pushed: Flux applies only what is in the registry.
set -eu
rendered="$(mktemp -d)"
trap 'rm -rf "$rendered"' EXIT
kustomize build "$1" > "$rendered/manifests.yaml"
portcullis check "$rendered/manifests.yaml"
flux push artifact "$2" --path "$rendered" --source "$(git config --get remote.origin.url)" --revision "$(git rev-parse HEAD)"
