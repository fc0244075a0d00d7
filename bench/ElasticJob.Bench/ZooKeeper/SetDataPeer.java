import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** ZooKeeper's own client at the same work as ours: setData with so many requests in flight. Prints requests per second, a line per round. */
public final class SetDataPeer {
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[2]);
        int inFlight = Integer.parseInt(args[3]);
        int bytes = Integer.parseInt(args[4]);
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(args[0], 30_000, event -> connected.countDown());
        connected.await();
        String path = args[1];
        client.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        byte[] data = new byte[bytes];
        for (int round = 0; round < Integer.parseInt(args[5]); round++) {
            Semaphore room = new Semaphore(inFlight);
            AtomicInteger failed = new AtomicInteger();
            long from = System.nanoTime();
            for (int i = 0; i < count; i++) {
                room.acquire();
                client.setData(path, data, -1, (code, node, context, stat) -> {
                    if (code != 0) {
                        failed.incrementAndGet();
                    }

                    room.release();
                }, null);
            }

            room.acquire(inFlight);
            if (failed.get() > 0) {
                throw new IllegalStateException(failed.get() + " requests failed");
            }

            System.out.println(Math.round(count / ((System.nanoTime() - from) / 1e9)));
        }

        client.close();
    }
}
