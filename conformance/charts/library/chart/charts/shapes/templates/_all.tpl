{{ define "shapes.config" }}apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .top.Release.Name }}
data:
{{ toYaml .data | indent 2 }}
{{ end }}{{ define "shapes.name" }}kind: Named{{ end }}