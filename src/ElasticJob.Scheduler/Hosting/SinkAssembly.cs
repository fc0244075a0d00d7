using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using ElasticJob.Events;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>
/// Loads a sink of somebody else's from an assembly. What the scheduler has itself (the interface first of all) is shared with it; the rest comes from beside the
/// assembly, as its <c>.deps.json</c> says. It runs in the scheduler's process with all its rights and is never unloaded.
/// </summary>
public static class SinkAssembly
{
    /// <summary>Makes a sink; it is not opened.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="className">Full name of a public class that implements <see cref="IEventSink"/>. It has a constructor that takes a <see cref="JsonElement"/>, its settings, or one that takes nothing.</param>
    /// <param name="settings">Its settings; null if there are none.</param>
    /// <exception cref="ArgumentException">It cannot be made; <see cref="ArgumentException.ParamName"/> is <c>assembly</c>, <c>class</c> or <c>settings</c>.</exception>
    public static IEventSink Load(string path, string className, JsonElement? settings)
    {
        Type type = Find(Read(path), path, className);
        ConstructorInfo? configured = type.GetConstructor([typeof(JsonElement)]);
        ConstructorInfo? plain = type.GetConstructor([]);
        if (configured is null && plain is null)
        {
            throw Fault("class", $"'{className}' has no public constructor that takes its settings (a JsonElement) or nothing");
        }

        if (configured is null && settings is not null)
        {
            throw Fault("settings", $"'{className}' takes none: it has no public constructor for a JsonElement");
        }

        try
        {
            object made = configured is null ? plain!.Invoke(null) : configured.Invoke([settings ?? JsonElement.Parse("{}")]);
            return (IEventSink)made;
        }
        catch (TargetInvocationException e)
        {
            throw Fault("settings", $"'{className}' refuses them: {e.InnerException?.Message ?? e.Message}", e.InnerException);
        }
    }

    private static Assembly Read(string path)
    {
        if (!File.Exists(path))
        {
            throw Fault("assembly", $"there is no file {path}");
        }

        try
        {
            return new Context(path).LoadFromAssemblyPath(path);
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw Fault("assembly", $"{path} cannot be loaded as a .NET assembly: {e.Message}", e);
        }
    }

    private static Type Find(Assembly assembly, string path, string className)
    {
        Type[] sinks;
        try
        {
            sinks = [.. assembly.GetExportedTypes().Where(static t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IEventSink)))];
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or TypeLoadException)
        {
            throw Fault("assembly", $"{path} needs something that is not there, or another version of the scheduler: {e.Message} Publish it with all its files.", e);
        }

        return sinks.FirstOrDefault(t => t.FullName == className) ?? throw Fault(
            "class",
            sinks.Length > 0
                ? $"'{className}' is no public class of {path} that implements IEventSink; there are {string.Join(", ", sinks.Select(t => t.FullName))}"
                : $"{path} has no public class that implements IEventSink of ElasticJob.Events {typeof(IEventSink).Assembly.GetName().Version}");
    }

    private static ArgumentException Fault(string member, string message, Exception? cause = null) => new SinkException(message, member, cause);

    /// <summary>Its message is the sentence alone, without the parameter.</summary>
    private sealed class SinkException(string message, string member, Exception? cause) : ArgumentException(message, member, cause)
    {
        public override string Message { get; } = message;
    }

    private sealed class Context(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                // Shared: otherwise the sink's IEventSink and the scheduler's would be two.
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (Exception e) when (e is FileNotFoundException or FileLoadException)
            {
                return resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : nint.Zero;
    }
}
