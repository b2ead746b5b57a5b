"""Pipeline stages: one per dvc.yaml stage; a stage imports sims_core and never another stage."""
