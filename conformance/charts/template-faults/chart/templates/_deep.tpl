{{- define "deep" }}{{ .Values.x.y }}{{ end }}
{{- define "failing" }}
  {{ fail "inner" }}{{ end }}
{{- define "again" }}{{ include "again" . }}{{ end }}
