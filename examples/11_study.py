"""A study on local processes: pulses, time and energy of an update against the size of the network (its quick size)."""

from spicemtj import study

if __name__ == "__main__":  # worker processes import this file
    done = study.run_study("time", seeds=2, quick=True, workers=2)
    head, lines = study.table(done)
    for line in [head, *lines]:
        print("  ".join(f"{word:>18}" for word in line))
    print(
        f"{done.config['title']}: {done.summary['tasks']} tasks; with out='time.h5' a killed study goes on, and a report draws it"
    )
