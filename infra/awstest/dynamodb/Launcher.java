import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local on loopback, in memory, on a port that the system chooses. Its own
 * main binds every interface and has no option against that; it also starts
 * telemetry, which is never configured here. It ends when its standard input does:
 * with the process that started it, however that ends.
 */
public final class Launcher {
    public static void main(String[] args) throws Exception {
        Server server = new Server(new InetSocketAddress("127.0.0.1", 0));
        // Port (unused), in memory, no file, one database for all regions and keys, tables usable at once.
        server.setHandler(new LocalDynamoDBServerHandler(new LocalDynamoDBRequestHandler(0, true, null, true, false), null));
        server.start();
        System.out.println("listening on " + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
        System.out.flush();
        while (System.in.read() >= 0) {
        }
        Runtime.getRuntime().halt(0);
    }
}
