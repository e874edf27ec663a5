"""Beyond one process: one account limit for all of them, and jobs in parts that any engine can place.

When it pays. The quota of the account is what everybody waits for, and a cluster does not raise it. One process sends about
1,400 pictures of 300 KB a second on one core (0.7 ms each; 2 MB take 5 ms). A quota of 50 a second is then 4 % of one core
and 50 x 300 KB x 4/3 = 20 MB/s, 160 Mbit/s, of the network: one machine does it. A cluster pays where that product is more
than a machine's network has (50/s of 7 MB: 3.7 Gbit/s), where each picture costs CPU before it is sent (pages of PDF
files, 0.1 s each: 50/s are five cores), where pictures lie on many machines' disks, or where the rest of a pipeline is on
one already. Otherwise `ocr-async batch` on one machine is as fast, and simpler.

Several processes on one account: `OcrSession(limits=SharedLimits("unix:///run/ocr.sock", share=4))`, or redis:// between
machines, or ray:// on a cluster.

With Ray: `ocr_async.cluster.ray`. With anything else a task reads a shard, and all tasks write to one folder or bucket:

    shards = plan("s3://bucket/scans/", TrainTicket, out="s3://bucket/results/")      # lists the keys, opens no picture
    read = partial(read_shard, session={"region": "cn-north-4"}, limits=SharedLimits("redis://host", Limits(rate=50), share=8))

    counts = [read(shard) for shard in shards]                                        # one after the other
    counts = client.gather(client.map(read, shards, retries=3, pure=False))           # Dask
    counts = spark.sparkContext.parallelize(shards, len(shards)).mapPartitions(lambda part: map(read, part)).collect()

    @task(retries=3)                                                                  # Airflow; Prefect has the same names
    def read_one(shard):
        return read(shard)

    read_one.expand(shard=[list(shard) for shard in shards])                          # Airflow; in Prefect read_one.map(shards)

    @op(out=DynamicOut())                                                             # Dagster
    def planned():
        yield from (DynamicOutput(list(shard), mapping_key=shard.name.replace("-", "_")) for shard in shards)

A task that dies is run again by its engine: what its shard has finished is kept. A shard that was published is never read
again, so that the whole plan may be run again at any time. Credentials are those in the environment of each worker.
"""

from ocr_async.cluster.reading import read_shard
from ocr_async.cluster.shards import Shard, plan
from ocr_async.cluster.shared_limits import SharedLimits

__all__ = ["Shard", "SharedLimits", "plan", "read_shard"]
