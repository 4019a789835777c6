"""Writes each dashboard as the JSON that Grafana is provisioned with."""

from deploy.grafana.dashboards.written import FOLDER, written

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in written().items():
        (FOLDER / file).write_text(text)
