namespace ElasticJob;

/// <summary>
/// What all job classes have in common. Implement <see cref="ISimpleJob"/>, <see cref="IDataflowJob{T}"/> or
/// <see cref="IResidentJob"/>; a class that implements none of them cannot be added.
/// </summary>
public interface IJob;
