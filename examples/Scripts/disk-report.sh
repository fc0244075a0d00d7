#!/bin/sh
# The context is in the environment, never in the text of the command.
set -eu
echo "job $ELASTICJOB_JOB, run $ELASTICJOB_RUN, shard $ELASTICJOB_SHARD: folder $ELASTICJOB_SHARD_PARAMETER"
df -P "$ELASTICJOB_SHARD_PARAMETER" | awk 'NR == 2 { print $4 " blocks free, " $5 " used" }'
