# syntax=docker/dockerfile:1
# c
ARG V=1
FROM --platform=linux/amd64 golang:${V} AS build
ENV A=1 B="two words"
ENV C three words
LABEL a=b "c d"='e f'
RUN --mount=type=cache,target=/x go build \
  # inner
  -o /y \

  ./...
RUN ["a", "b"]
COPY --from=build --chown=a:b /x /y /z/
ADD ["a b", "c"]
ONBUILD RUN echo hi
HEALTHCHECK --interval=5s CMD curl localhost
HEALTHCHECK NONE
EXPOSE 80 443/tcp
WORKDIR /a b
USER me
STOPSIGNAL 9
SHELL ["sh", "-c"]
VOLUME ["/a"]
MAINTAINER x y
from scratch
cmd echo "x"
CMD ["bad, json]
RUN <<EOF
echo a
echo b
EOF
COPY <<-X <<Y /dest/
	one
	X
two
Y
