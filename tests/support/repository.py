"""A git repository in a temporary folder."""

import subprocess


def git(folder, *words):
    """Run git in a folder as somebody, and return what it printed."""
    identity = ("-c", "user.name=Me", "-c", "user.email=me@example.com")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()
