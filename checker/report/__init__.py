"""The reports: of a run, of a sweep, of a sample and of what came back in workbooks."""
