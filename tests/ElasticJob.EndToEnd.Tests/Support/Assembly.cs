// Each test drives processes of its own; two platforms at once would only wait for each other on a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
