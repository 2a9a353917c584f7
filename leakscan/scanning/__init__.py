"""From content to findings: the pipeline, what is judged of a match, what is collected."""
